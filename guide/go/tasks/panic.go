package main

import (
	"fmt"
	"time"
)

// ANCHOR: all
func main() {
	go func() { panic("no such model") }()
	time.Sleep(time.Hour)
	fmt.Println("never printed")
}

// ANCHOR_END: all
