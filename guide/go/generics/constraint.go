package main

import "fmt"

// ANCHOR: all
type ordered interface {
	~int | ~float64 | ~string
}

func largest[T ordered](items []T) T {
	result := items[0]
	for _, item := range items {
		if item > result {
			result = item
		}
	}
	return result
}

// ANCHOR_END: all

func main() {
	fmt.Println(largest([]int{3, 9, 4}), largest([]string{"oak", "pine", "elm"}))
}
