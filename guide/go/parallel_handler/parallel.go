package main

// ANCHOR: all
import (
	"errors"
	"fmt"
	"sync"
)

type result struct {
	length int
	err    error
}

func measure(text string) result {
	if text == "" {
		return result{err: errors.New("nothing to measure")}
	}
	return result{length: len(text)}
}

func measureAll(texts []string, limit int) []result {
	results := make([]result, len(texts)) // fan-in: each has a place of its own
	slots := make(chan struct{}, limit)   // at most so many at once
	var wg sync.WaitGroup
	for i, text := range texts {
		slots <- struct{}{}
		wg.Add(1)
		go func(i int, text string) { // fan-out: a goroutine for each
			defer wg.Done()
			defer func() { <-slots }()
			results[i] = measure(text)
		}(i, text)
	}
	wg.Wait()
	return results
}

func main() {
	for _, r := range measureAll([]string{"one", "", "three"}, 2) {
		fmt.Println(r.length, r.err)
	}
}

// ANCHOR_END: all
