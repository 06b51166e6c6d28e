package main

import (
	"fmt"
	"sync"
)

// ANCHOR: all
func main() {
	results := make(chan int)
	var producers sync.WaitGroup
	for id := 1; id <= 3; id++ {
		producers.Add(1)
		go func(id int) {
			defer producers.Done()
			results <- id * 10
		}(id)
	}
	go func() {
		producers.Wait()
		close(results)
	}()
	total := 0
	for result := range results {
		total += result
	}
	fmt.Println("total:", total)
}

// ANCHOR_END: all
