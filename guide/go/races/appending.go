// go run -race
package main

import (
	"fmt"
	"time"
)

// ANCHOR: all
func main() {
	var words []string
	go func() {
		words = append(words, "tea")
	}()
	time.Sleep(100 * time.Millisecond)
	words = append(words, "milk")
	fmt.Println(len(words))
}

// ANCHOR_END: all
