package main

import "fmt"

// ANCHOR: all
type Backend interface {
	Answer(prompt string) string
}

type Fake struct{ answer string }

func (f Fake) Answer(prompt string) string {
	return f.answer
}

func ask(backend Backend, prompt string) {
	fmt.Println(prompt, backend.Answer(prompt))
}

func main() {
	answer := "Rayleigh scattering."
	ask(Fake{answer}, "Why is the sky blue?")
}

// ANCHOR_END: all
