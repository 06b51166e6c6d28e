package main

import "fmt"

// ANCHOR: all
func main() {
	left, right := make(chan bool), make(chan bool)
	close(left)
	close(right)
	lefts, rights := 0, 0
	for i := 0; i < 10000; i++ {
		select {
		case <-left:
			lefts++
		case <-right:
			rights++
		}
	}
	fmt.Println("each at least 4,000 times:", lefts >= 4000 && rights >= 4000)
}

// ANCHOR_END: all
