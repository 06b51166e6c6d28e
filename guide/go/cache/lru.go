package main

import (
	"container/list"
	"fmt"
	"sync"
)

// ANCHOR: all
type LRU struct {
	mu       sync.Mutex // an RWMutex does not help: Get moves the element
	capacity int
	order    *list.List // of entries, the most recently used first
	elements map[string]*list.Element
}

type entry struct{ key, value string }

func (c *LRU) Get(key string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.elements[key]
	if !ok {
		return "", false
	}
	c.order.MoveToFront(element)
	return element.Value.(entry).value, true
}

func (c *LRU) Set(key, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.elements[key]; ok {
		element.Value = entry{key, value}
		c.order.MoveToFront(element)
		return
	}
	if c.order.Len() == c.capacity {
		oldest := c.order.Remove(c.order.Back()).(entry)
		delete(c.elements, oldest.key)
	}
	c.elements[key] = c.order.PushFront(entry{key, value})
}

// ANCHOR_END: all

func main() {
	cache := LRU{capacity: 2, order: list.New(), elements: make(map[string]*list.Element)}
	cache.Set("home", "<h1>home</h1>")
	cache.Set("news", "<h1>news</h1>")
	cache.Get("home")
	cache.Set("about", "<h1>about</h1>")
	for _, key := range []string{"home", "news", "about"} {
		_, ok := cache.Get(key)
		fmt.Println(key, ok)
	}
}
