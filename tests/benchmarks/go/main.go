// The work of the four benchmarks, done as a Go programmer would do it. Prints what was measured as
// JSON, in the form that the table of `just bench-go` reads.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"
	"testing"
)

// measured is how long Go took for each item of a piece of work. The names are those of the Rust
// benchmarks, so that both are in one row of the table.
type measured struct {
	Work    string     `json:"work"`
	By      string     `json:"by"`
	Items   int        `json:"items"`
	Mean    float64    `json:"mean"`
	Between [2]float64 `json:"between"`
}

// runs is how often each piece of work is measured, and runTime how long.
const (
	runs    = 5
	runTime = "200ms"
)

// growing are the sizes of the work that shows how the cost grows with it.
var growing = []int{100, 1_000, 10_000, 100_000}

var results []measured

// measure runs a piece of work of so many items until its time is known.
func measure(work, by string, items int, once func()) {
	var times []float64
	for range [runs]struct{}{} {
		result := testing.Benchmark(func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				once()
			}
		})
		times = append(times, float64(result.T.Nanoseconds())/float64(result.N)/float64(items))
	}
	sort.Float64s(times)
	var sum float64
	for _, time := range times {
		sum += time
	}
	between := [2]float64{times[0], times[runs-1]}
	results = append(results, measured{work, by, items, sum / runs, between})
	fmt.Fprintf(os.Stderr, "%s, %s: %.0f ns\n", work, by, sum/runs)
}

func main() {
	testing.Init()
	if err := flag.Set("test.benchtime", runTime); err != nil {
		panic(err)
	}
	benchmarks := map[string]func(){
		"retry":            retries,
		"worker_pool":      pools,
		"parallel_handler": handlers,
		"semaphore":        semaphores,
	}
	if len(os.Args) != 2 || benchmarks[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "expected the name of an exercise, such as semaphore")
		os.Exit(2)
	}
	benchmarks[os.Args[1]]()
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
