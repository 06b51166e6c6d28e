package main

import (
	"errors"
	"fmt"
	"sync"
)

// ANCHOR: all
type Group struct {
	mu    sync.Mutex
	calls map[string]*call
}

type call struct {
	done  chan struct{}
	value string
	err   error
}

func (g *Group) Do(key string, work func() (string, error)) (string, error) {
	g.mu.Lock()
	if c, ok := g.calls[key]; ok {
		g.mu.Unlock()
		<-c.done
		return c.value, c.err
	}
	c := &call{done: make(chan struct{})}
	g.calls[key] = c
	g.mu.Unlock()

	c.value, c.err = work() // not under the lock

	g.mu.Lock()
	delete(g.calls, key)
	g.mu.Unlock()
	close(c.done)
	return c.value, c.err
}

// ANCHOR_END: all

func main() {
	group := Group{calls: make(map[string]*call)}
	value, err := group.Do("home", func() (string, error) { return "<h1>home</h1>", nil })
	fmt.Println(value, err)
	_, err = group.Do("news", func() (string, error) { return "", errors.New("the server is busy") })
	fmt.Println(err)
}
