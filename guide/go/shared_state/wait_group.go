package main

import (
	"fmt"
	"sync"
)

// ANCHOR: all
func main() {
	words := []string{"tasks", "channels", "locks"}
	lengths := make([]int, len(words))
	var wg sync.WaitGroup
	for i, word := range words {
		wg.Add(1)
		go func(i int, word string) {
			defer wg.Done()
			lengths[i] = len(word)
		}(i, word)
	}
	wg.Wait()
	fmt.Println(lengths)
}

// ANCHOR_END: all
