package main

// ANCHOR: all
import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	slots := make(chan struct{}, 3)
	var running, most int64
	var wg sync.WaitGroup
	for i := 0; i < 10; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			slots <- struct{}{}        // acquire: waits while 3 are in
			defer func() { <-slots }() // release
			now := atomic.AddInt64(&running, 1)
			for {
				old := atomic.LoadInt64(&most)
				if now <= old || atomic.CompareAndSwapInt64(&most, old, now) {
					break
				}
			}
			time.Sleep(10 * time.Millisecond)
			atomic.AddInt64(&running, -1)
		}()
	}
	wg.Wait()
	fmt.Println("no more than 3 at once:", most <= 3)
}

// ANCHOR_END: all
