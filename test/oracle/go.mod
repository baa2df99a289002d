module dockbell.dev/oracle

go 1.26

require (
	github.com/Masterminds/semver/v3 v3.5.0
	github.com/bmatcuk/doublestar/v4 v4.10.0
	github.com/google/go-containerregistry v0.21.7
)

require github.com/opencontainers/go-digest v1.0.0 // indirect
