package main

import "fmt"

// ANCHOR: all
func main() {
	orders, changed := make(chan []string), make(chan bool)
	go func() {
		order := []string{"tea"}
		orders <- order
		order[0] = "coffee"
		changed <- true
	}()
	order := <-orders
	<-changed
	fmt.Println(order)
}

// ANCHOR_END: all
