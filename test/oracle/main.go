// Answers what Go and the libraries Kargo is built with make of a text. Reads one JSON case a line from standard input
// and prints one JSON answer a line, in order. Bytes travel as base64, because many cases are no valid UTF-8.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

type question struct {
	Kind  string   `json:"kind"`
	Text  []byte   `json:"text"`
	Texts [][]byte `json:"texts"`
}

var answers = map[string]func(question) any{
	"version":    answerVersion,
	"constraint": answerConstraint,
	"pattern":    answerPattern,
	"url":        answerURL,
	"image":      answerImage,
	"path":       answerPath,
	"webhook":    answerWebhook,
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return
		} else if err != nil {
			fail(err)
		}
		if err := encoder.Encode(answer(line)); err != nil {
			fail(err)
		}
		// Whoever asked waits for the last answer, and never for one of many.
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				fail(err)
			}
		}
	}
}

func answer(line []byte) any {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		fail(err)
	}
	answer, known := answers[asked.Kind]
	if !known {
		fail(fmt.Errorf("unknown kind %q", asked.Kind))
	}
	return answer(asked)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
