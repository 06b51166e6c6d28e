// go run -race
package main

import (
	"fmt"
	"runtime"
	"time"
)

// ANCHOR: all
func main() {
	counter := 0
	go func() {
		counter++
	}()
	for runtime.NumGoroutine() > 1 { // waits, but orders nothing
		time.Sleep(time.Millisecond)
	}
	counter++
	fmt.Println(counter)
}

// ANCHOR_END: all
