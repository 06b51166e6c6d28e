package main

import "fmt"

// ANCHOR: all
func look(messages <-chan string) string {
	select {
	case message, ok := <-messages:
		if !ok {
			return "closed"
		}
		return "message: " + message
	default:
		return "nothing yet"
	}
}

// ANCHOR_END: all

func main() {
	messages := make(chan string, 1)
	fmt.Println(look(messages))
	messages <- "hello"
	fmt.Println(look(messages))
	close(messages)
	fmt.Println(look(messages))
}
