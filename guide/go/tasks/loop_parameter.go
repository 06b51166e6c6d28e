package main

import (
	"fmt"
	"sort"
)

// ANCHOR: all
func main() {
	seen := make(chan int)
	for i := 0; i < 3; i++ {
		go func(i int) { seen <- i }(i)
	}
	items := []int{<-seen, <-seen, <-seen}
	sort.Ints(items)
	fmt.Println("items", items)
}

// ANCHOR_END: all
