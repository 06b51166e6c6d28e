package main

// ANCHOR: all
import (
	"fmt"
	"sync"
)

func mapAll[T, U any](items []T, f func(T) U) []U {
	results := make([]U, len(items))
	var wg sync.WaitGroup
	for i, item := range items {
		wg.Add(1)
		go func(i int, item T) {
			defer wg.Done()
			results[i] = f(item)
		}(i, item)
	}
	wg.Wait()
	return results
}

func main() {
	lengths := mapAll([]string{"one", "three"}, func(s string) int { return len(s) })
	halves := mapAll([]int{4, 10}, func(n int) float64 { return float64(n) / 2 })
	fmt.Println(lengths, halves)
}

// ANCHOR_END: all
