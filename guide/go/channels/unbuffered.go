package main

import "fmt"

// ANCHOR: all
func main() {
	greetings := make(chan string)
	go func() { greetings <- "hello" }()
	fmt.Println(<-greetings)
}

// ANCHOR_END: all
