package main

// ANCHOR: all
import (
	"fmt"
	"sync"
	"time"
)

func main() {
	slots := make(chan struct{}, 3)
	var mu sync.Mutex
	var running, most int
	var wg sync.WaitGroup
	for i := 0; i < 10; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			slots <- struct{}{}        // acquire: waits while 3 are in
			defer func() { <-slots }() // release
			mu.Lock()
			running++
			if running > most {
				most = running
			}
			mu.Unlock()
			time.Sleep(10 * time.Millisecond)
			mu.Lock()
			running--
			mu.Unlock()
		}()
	}
	wg.Wait()
	fmt.Println("no more than 3 at once:", most <= 3)
}

// ANCHOR_END: all
