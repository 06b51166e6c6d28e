package main

import (
	"fmt"
	"sync"
)

// ANCHOR: all
func main() {
	var running sync.WaitGroup
	start := make(chan struct{})
	for i := 0; i < 3; i++ {
		running.Add(1)
		go func() {
			defer running.Done()
			<-start
			fmt.Println("item", i)
		}()
	}
	close(start) // the loop is over: now they may go on
	running.Wait()
}

// ANCHOR_END: all
