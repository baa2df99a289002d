package main

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Whether it is refused, or whether the pattern is found in each text.
func answerPattern(asked question) any {
	pattern, err := regexp.Compile(string(asked.Text))
	if err != nil {
		return map[string]any{"isRefused": true}
	}
	return map[string]any{"matches": each(asked.Texts, pattern.MatchString)}
}

// The same for a path pattern, which is a glob or a directory.
func answerPath(asked question) any {
	text := string(asked.Text)
	glob, isGlob := strings.CutPrefix(text, "glob:")
	if isGlob && !doublestar.ValidatePattern(glob) {
		return map[string]any{"isRefused": true}
	}
	return map[string]any{"matches": each(asked.Texts, func(path string) bool {
		if isGlob {
			return doublestar.MatchUnvalidated(glob, path)
		}
		relative, err := filepath.Rel(text, path)
		return err == nil && !strings.Contains(relative, "..")
	})}
}

func each(texts [][]byte, matches func(string) bool) []bool {
	found := make([]bool, len(texts))
	for place, text := range texts {
		found[place] = matches(string(text))
	}
	return found
}
