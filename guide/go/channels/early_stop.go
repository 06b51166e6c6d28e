package main

import (
	"fmt"
	"runtime"
)

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

// ANCHOR: all
func main() {
	doubled := double(numbers(1000))
	fmt.Println(<-doubled)
	fmt.Println("goroutines:", runtime.NumGoroutine())
}

// ANCHOR_END: all
