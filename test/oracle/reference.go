package main

import (
	"net/url"

	"github.com/google/go-containerregistry/pkg/name"
)

// The parts of the URL and how it is printed, as it is and after its path was replaced by the first of the texts.
func answerURL(asked question) any {
	parsed, err := url.Parse(string(asked.Text))
	if err != nil {
		return map[string]any{"isURL": false}
	}
	values := "none"
	if len(parsed.Query()) > 0 {
		values = "some"
	}
	answer := map[string]any{
		"isURL": true, "scheme": parsed.Scheme, "opaque": parsed.Opaque, "user": nil, "host": []byte(parsed.Host),
		"path": []byte(parsed.Path), "query": parsed.RawQuery, "values": values, "fragment": []byte(parsed.Fragment),
		"printed": parsed.String(),
	}
	if parsed.User != nil {
		answer["user"] = parsed.User.String()
	}
	for _, path := range asked.Texts {
		parsed.Path = string(path)
		answer["replaced"] = parsed.String()
	}
	return answer
}

// The registry and repository of an image, null where it is no reference.
func answerImage(asked question) any {
	parsed, err := name.ParseReference(string(asked.Text), name.WeakValidation)
	if err != nil {
		return nil
	}
	context := parsed.Context()
	return map[string]any{"registry": context.Registry.Name(), "repository": context.RepositoryStr()}
}
