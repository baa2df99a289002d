package main

import (
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

type version struct {
	IsStrict   bool     `json:"isStrict"`
	Numbers    []string `json:"numbers"`
	Prerelease string   `json:"prerelease"`
}

// Each version of the list, null where it does not parse, and the order of every neighbouring pair that does.
func answerVersion(asked question) any {
	versions := make([]*version, len(asked.Texts))
	orders := []int{}
	var previous *semver.Version
	for place, text := range asked.Texts {
		parsed, err := semver.NewVersion(string(text))
		if err != nil {
			continue
		}
		_, strictErr := semver.StrictNewVersion(strings.TrimPrefix(string(text), "v"))
		versions[place] = &version{
			IsStrict:   strictErr == nil,
			Numbers:    []string{decimal(parsed.Major()), decimal(parsed.Minor()), decimal(parsed.Patch())},
			Prerelease: parsed.Prerelease(),
		}
		if previous != nil {
			orders = append(orders, previous.Compare(parsed))
		}
		previous = parsed
	}
	return map[string]any{"versions": versions, "orders": orders}
}

// The error, or whether the constraint admits each version of the list that parses.
func answerConstraint(asked question) any {
	constraint, err := semver.NewConstraint(string(asked.Text))
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	admits := []bool{}
	for _, text := range asked.Texts {
		if parsed, err := semver.NewVersion(string(text)); err == nil {
			admits = append(admits, constraint.Check(parsed))
		}
	}
	return map[string]any{"admits": admits}
}

func decimal(number uint64) string {
	return strconv.FormatUint(number, 10)
}
