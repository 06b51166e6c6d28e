package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	// One thread: no goroutine runs before main waits for something.
	runtime.GOMAXPROCS(1)
	// ANCHOR: all
	var wg sync.WaitGroup
	for i := 1; i <= 3; i++ {
		go func(i int) {
			wg.Add(1) // too late
			defer wg.Done()
			fmt.Println("goroutine", i, "ends")
		}(i)
	}
	wg.Wait()
	fmt.Println("Wait returns")
	// ANCHOR_END: all
}
