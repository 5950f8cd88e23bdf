# The commands of the project. What they need and do stands in scripts/.
.PHONY: test check fmt demo demo-reset

# Every check there is, from a fresh clone, without a question asked.
test:
	@scripts/test

# The quick half of it, while writing.
check:
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	cargo test --locked

fmt:
	cargo fmt

# The five cities, served from ./demo-data until stopped.
demo demo-reset:
	@scripts/prepare build
	@cargo run --release --locked -- demo $(if $(filter demo-reset,$@),--reset)
