// go run -race
package main

import (
	"fmt"
	"time"
)

// ANCHOR: all
func main() {
	counter := 0
	go func() {
		counter++
	}()
	time.Sleep(100 * time.Millisecond) // Waits, but orders nothing.
	counter++
	fmt.Println(counter)
}

// ANCHOR_END: all
