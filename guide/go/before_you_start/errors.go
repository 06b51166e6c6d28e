package main

import (
	"errors"
	"fmt"
	"strconv"
)

// ANCHOR: all
var ErrZero = errors.New("zero is no limit")

func parseLimit(text string) (int, error) {
	limit, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("not a number: %w", err)
	}
	if limit == 0 {
		return 0, ErrZero
	}
	return limit, nil
}

func main() {
	for _, text := range []string{"4", "four", "0"} {
		limit, err := parseLimit(text)
		switch {
		case errors.Is(err, ErrZero):
			fmt.Println("say at least 1")
		case err != nil:
			fmt.Println("error:", err)
		default:
			fmt.Println("limit", limit)
		}
	}
}

// ANCHOR_END: all
