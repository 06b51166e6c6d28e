package main

import "fmt"

// ANCHOR: all
func main() {
	sum := make(chan int)
	go func() { sum <- 1 + 2 }()
	fmt.Println("the goroutine sent", <-sum)
}

// ANCHOR_END: all
