package main

import "encoding/json"

// What of Docker Hub's and Quay's webhooks is read, null where it does not decode.
func answerWebhook(asked question) any {
	var payload struct {
		PushData struct {
			Tag       string `json:"tag"`
			MediaType string `json:"media_type"`
		} `json:"push_data"`
		Repository struct {
			RepoName string `json:"repo_name"`
		} `json:"repository"`
		UpdatedTags []string `json:"updated_tags"`
	}
	if err := json.Unmarshal(asked.Text, &payload); err != nil {
		return nil
	}
	if payload.UpdatedTags == nil {
		payload.UpdatedTags = []string{}
	}
	return map[string]any{
		"tags": payload.UpdatedTags,
		"tag": payload.PushData.Tag, "mediaType": payload.PushData.MediaType, "repoName": payload.Repository.RepoName,
	}
}
