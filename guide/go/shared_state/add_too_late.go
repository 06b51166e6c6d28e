package main

import (
	"fmt"
	"sync"
)

// ANCHOR: all
func main() {
	var wg sync.WaitGroup
	start := make(chan bool)
	for i := 1; i <= 3; i++ {
		go func(i int) {
			<-start   // a late start: nobody sends
			wg.Add(1) // too late
			defer wg.Done()
			fmt.Println("goroutine", i, "ends")
		}(i)
	}
	wg.Wait()
	fmt.Println("Wait returns")
}

// ANCHOR_END: all
