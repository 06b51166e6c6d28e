package main

import "fmt"

// ANCHOR: all
func main() {
	greetings := make(chan string, 1)
	go func() { greetings <- "hello" }()
	fmt.Println(<-greetings)
}

// ANCHOR_END: all
