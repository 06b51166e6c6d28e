package main

import (
	"fmt"
	"sync"
)

// ANCHOR: all
type Database struct{ name string }

var (
	once        sync.Once
	database    *Database
	connections int
)

func GetDatabase() *Database {
	once.Do(func() {
		connections++
		database = &Database{name: "books"}
	})
	return database
}

// ANCHOR_END: all

func main() {
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			GetDatabase()
		}()
	}
	wg.Wait()
	fmt.Println("4 goroutines,", connections, "connection")
}
