package main

import (
	"fmt"
	"sync"
)

// ANCHOR: all
var (
	once     sync.Once
	settings map[string]string
)

func Settings() map[string]string {
	once.Do(func() { panic("the file is missing") })
	return settings
}

func main() {
	func() {
		defer func() { fmt.Println("the first call panics:", recover()) }()
		Settings()
	}()
	fmt.Println("the second call returns:", Settings())
}

// ANCHOR_END: all
