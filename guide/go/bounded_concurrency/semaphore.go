package main

import (
	"fmt"
	"sync"
)

// ANCHOR: all
func main() {
	numbers := []int{1, 2, 3, 4, 5, 6, 7, 8, 9}
	squares := make([]int, len(numbers))
	places := make(chan struct{}, 3)
	var wg sync.WaitGroup
	for i, n := range numbers {
		places <- struct{}{} // Waits while three goroutines run.
		wg.Add(1)
		go func(i, n int) {
			defer wg.Done()
			defer func() { <-places }()
			squares[i] = n * n
		}(i, n)
	}
	wg.Wait()
	fmt.Println(squares)
}

// ANCHOR_END: all
