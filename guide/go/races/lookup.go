// go run -race
package main

import (
	"fmt"
	"time"
)

// ANCHOR: all
func main() {
	prices := map[string]int{"tea": 3}
	go func() {
		prices["tea"] = 4
	}()
	time.Sleep(100 * time.Millisecond)
	fmt.Println(prices["tea"])
}

// ANCHOR_END: all
