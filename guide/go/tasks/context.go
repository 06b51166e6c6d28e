package main

import (
	"context"
	"fmt"
	"sync"
)

// ANCHOR: all
func main() {
	parent, cancelParent := context.WithCancel(context.Background())
	child, cancelChild := context.WithCancel(parent)

	var running sync.WaitGroup
	running.Add(1)
	go func() {
		defer running.Done()
		<-child.Done()
		fmt.Println("stopped:", child.Err())
	}()

	cancelChild()
	running.Wait()
	fmt.Println("parent:", parent.Err())
	cancelParent()
	fmt.Println("parent:", parent.Err())
}

// ANCHOR_END: all
