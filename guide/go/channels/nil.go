package main

import "fmt"

func numbers(values ...int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for _, value := range values {
			out <- value
		}
	}()
	return out
}

// ANCHOR: all
func sum(a, b <-chan int) int {
	total := 0
	for a != nil || b != nil {
		select {
		case value, ok := <-a:
			if !ok {
				a = nil
			}
			total += value
		case value, ok := <-b:
			if !ok {
				b = nil
			}
			total += value
		}
	}
	return total
}

// ANCHOR_END: all

func main() {
	fmt.Println(sum(numbers(1, 2), numbers(10)))
}
