// What goroutines cost: a name and a number in each line, in bytes or nanoseconds. The benchmark
// `figures` runs it, if there is Go.
package main

import (
	"fmt"
	"runtime"
	"time"
)

const (
	goroutines = 10_000
	runs       = 200
	shortest   = 5 * time.Millisecond
)

func main() {
	// One thread, as the runtime of the tasks that they are compared with.
	runtime.GOMAXPROCS(1)
	fmt.Println("memory", memory())
	fmt.Println("start", fastest(start))
	fmt.Println("hand_over", fastest(handOver))
	fmt.Println("channel", fastest(channel))
}

// memory returns what the runtime has more of in use for one goroutine that waits.
func memory() uint64 {
	never := make(chan struct{})
	before := inUse()
	for i := 0; i < goroutines; i++ {
		go func() { <-never }()
	}
	runtime.Gosched()
	bytes := (inUse() - before) / goroutines
	close(never)
	return bytes
}

func inUse() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.StackInuse + stats.HeapAlloc
}

// fastest returns the nanoseconds of one repetition in the fastest of many short runs.
func fastest(run func(repetitions int)) int64 {
	repetitions := 1000
	var best int64 = 1 << 62
	for i := 0; i < runs; {
		begin := time.Now()
		run(repetitions)
		elapsed := time.Since(begin)
		if elapsed < shortest {
			repetitions *= 2
			continue
		}
		if each := elapsed.Nanoseconds() / int64(repetitions); each < best {
			best = each
		}
		i++
	}
	return best
}

func start(repetitions int) {
	ended := make(chan int)
	for i := 0; i < repetitions; i++ {
		go func() { ended <- 1 }()
		<-ended
	}
}

// handOver gives the turn to another goroutine and gets it back, in half as many rounds.
func handOver(repetitions int) {
	there, back := make(chan int, 1), make(chan int, 1)
	go func() {
		for turn := range there {
			back <- turn
		}
	}()
	for i := 0; i < repetitions/2; i++ {
		there <- i
		<-back
	}
	close(there)
}

func channel(repetitions int) {
	values := make(chan int, 16)
	for i := 0; i < repetitions; i++ {
		values <- i
		<-values
	}
}
