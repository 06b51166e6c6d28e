// go run -race
package main

import (
	"fmt"
	"runtime"
	"time"
)

// ANCHOR: all
func main() {
	var words []string
	go func() {
		words = append(words, "tea")
	}()
	for runtime.NumGoroutine() > 1 { // waits, but orders nothing
		time.Sleep(time.Millisecond)
	}
	words = append(words, "milk")
	fmt.Println(len(words))
}

// ANCHOR_END: all
