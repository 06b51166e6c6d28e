package main

import "fmt"

// ANCHOR: all
func main() {
	words := make(chan string, 2)
	go func() {
		defer close(words)
		for _, word := range []string{"one", "two", "three"} {
			words <- word
		}
	}()
	for word := range words {
		fmt.Println(word)
	}
	fmt.Println("the channel has ended")
}

// ANCHOR_END: all
