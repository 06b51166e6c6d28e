package main

import "fmt"

// ANCHOR: all
func numbers(upTo int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for n := 1; n <= upTo; n++ {
			out <- n
		}
	}()
	return out
}

func double(in <-chan int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for n := range in {
			out <- n * 2
		}
	}()
	return out
}

func main() {
	for n := range double(numbers(3)) {
		fmt.Println(n)
	}
}

// ANCHOR_END: all
