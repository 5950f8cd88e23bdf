# The commands of the project. What they need and do stands in scripts/.
.PHONY: test check fmt bench demo demo-reset

# Every check there is, from a fresh clone, without a question asked.
test:
	@scripts/test

# The quick half of it, while writing.
check:
	cargo fmt --all --check
	@cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo check --locked --test mailbox
	cargo test --workspace --locked

fmt:
	cargo fmt --all

# How fast it is beside bare programs, on both engines: benches/README.md. Takes a quarter of an hour.
bench:
	@scripts/prepare test
	@scripts/with-postgres cargo bench --locked --bench ratios

# The five cities, served from ./demo-data until stopped.
demo demo-reset:
	@scripts/prepare build
	@cargo run --release --locked -- demo $(if $(filter demo-reset,$@),--reset)
