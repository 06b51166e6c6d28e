// go run -race
package main

import (
	"fmt"
	"sync"
)

// ANCHOR: all
type Account struct {
	mu      sync.Mutex
	balance int
}

func (a *Account) Balance() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.balance
}

func (a *Account) Take(amount int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.balance -= amount
}

func main() {
	account := &Account{balance: 100}
	var bothLooked, done sync.WaitGroup
	bothLooked.Add(2)
	done.Add(2)
	for i := 0; i < 2; i++ {
		go func() {
			defer done.Done()
			enough := account.Balance() >= 80
			bothLooked.Done()
			bothLooked.Wait() // Makes the unlucky order happen in each run.
			if enough {
				account.Take(80)
			}
		}()
	}
	done.Wait()
	fmt.Println("balance:", account.Balance())
}

// ANCHOR_END: all
