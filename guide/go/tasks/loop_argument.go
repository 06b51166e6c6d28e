package main

import (
	"fmt"
	"sort"
)

// ANCHOR: all
func process(item string, done chan<- string) { done <- item }

func main() {
	items := []string{"a", "b", "c"}
	done := make(chan string)
	for i := range items {
		go process(items[i], done)
	}
	seen := []string{<-done, <-done, <-done}
	sort.Strings(seen)
	fmt.Println(seen)
}

// ANCHOR_END: all
