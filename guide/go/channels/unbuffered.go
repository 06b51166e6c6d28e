package main

import "fmt"

// ANCHOR: all
func main() {
	greetings, done := make(chan string), make(chan bool)
	go func() {
		greetings <- "hello"
		fmt.Println("the sender goes on")
		done <- true
	}()
	fmt.Println("the receiver comes")
	<-greetings
	<-done
}

// ANCHOR_END: all
