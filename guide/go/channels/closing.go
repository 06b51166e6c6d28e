package main

import "fmt"

// ANCHOR: all
func attempt(what string, action func()) {
	defer func() { fmt.Printf("%s: %v\n", what, recover()) }()
	action()
}

func main() {
	numbers := make(chan int, 2)
	numbers <- 1
	close(numbers)
	for i := 0; i < 2; i++ {
		number, ok := <-numbers
		fmt.Println(number, ok)
	}
	attempt("send", func() { numbers <- 2 })
	attempt("close", func() { close(numbers) })
}

// ANCHOR_END: all
