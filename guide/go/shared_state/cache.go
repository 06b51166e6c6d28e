package main

import (
	"fmt"
	"sync"
)

// ANCHOR: all
type Cache struct {
	mu   sync.RWMutex // guards data
	data map[string]string
}

func (c *Cache) Get(key string) (string, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	value, ok := c.data[key]
	return value, ok
}

func (c *Cache) Set(key, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.data[key] = value
}

// ANCHOR_END: all

func main() {
	cache := Cache{data: make(map[string]string)}
	cache.Set("home", "<h1>home</h1>")
	fmt.Println(cache.Get("home"))
	fmt.Println(cache.Get("about"))
}
