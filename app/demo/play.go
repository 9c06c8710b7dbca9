package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

const (
	username = "anna.berg"
	password = "correct horse battery staple"
	pin      = "271828"
)

// play is the demo, step by step.
func play(ctx context.Context, s *stage) error {
	s.chapter("A key, an organisation, an account")
	s.note("A software security key stands at %s; libfido2 opens it like any other.", s.keyPath)
	if err := s.latchkey(step{
		args: []string{"init", "--org", "Northgate Clinic", "--username", username, "--name", "Anna Berg", "--allow-virtual-keys", "--password-stdin"},
		in:   []string{password}, want: "Made Northgate Clinic",
	}).run(ctx); err != nil {
		return err
	}
	if err := s.latchkey(step{
		args: []string{"enroll", "--username", username, "--name", "Work key", "--password-stdin", "--pin-stdin"},
		in:   []string{password, pin}, want: "Added Work key",
	}).run(ctx); err != nil {
		return err
	}

	s.chapter("Sign in without a network")
	if err := s.offline(ctx); err != nil {
		return err
	}
	if err := s.latchkey(step{
		args: []string{"login", "--username", username, "--password-stdin", "--pin-stdin"},
		in:   []string{password, pin}, want: "Signed in as Anna Berg", withoutNetwork: true,
	}).run(ctx); err != nil {
		return err
	}
	if err := s.keyringHoldsSession(ctx); err != nil {
		return err
	}

	s.chapter("A token for a script, checked against the published keys")
	if err := checkToken(ctx, s); err != nil {
		return err
	}

	s.chapter("What is refused")
	if err := refusals(ctx, s); err != nil {
		return err
	}
	if err := chip(ctx, s); err != nil {
		return err
	}
	s.chapter("None of that did any harm")
	return s.latchkey(step{args: []string{"keys", "list"}, want: "Work key"}).run(ctx)
}

func refusals(ctx context.Context, s *stage) error {
	login := []string{"login", "--username", username, "--password-stdin", "--pin-stdin"}
	if err := s.latchkey(step{
		about: "a wrong password", args: login, in: []string{"not the password", pin},
		exit: 5, want: "Wrong username or password.",
	}).run(ctx); err != nil {
		return err
	}
	if err := s.latchkey(step{
		about: "a wrong PIN", args: login, in: []string{password, "000000"},
		exit: 5, want: "Wrong PIN. 7 tries left.",
	}).run(ctx); err != nil {
		return err
	}
	if err := s.control("unplug"); err != nil {
		return err
	}
	if err := s.latchkey(step{
		about: "the key unplugged", args: login, in: []string{password, pin},
		exit: 6, want: "There is no security key",
	}).run(ctx); err != nil {
		return err
	}
	if err := s.control("replug"); err != nil {
		return err
	}
	if err := replay(ctx, s); err != nil {
		return err
	}
	return s.latchkey(step{
		about: "a second enrolment of the same key", args: []string{"enroll", "--name", "Again", "--pin-stdin"}, in: []string{pin},
		exit: 5, want: "already one of yours",
	}).run(ctx)
}

// checkToken takes a token and the published keys from the CLI and checks one
// against the other with nothing but the standard library.
func checkToken(ctx context.Context, s *stage) error {
	token, set := s.latchkey(step{args: []string{"token"}, want: "ey", brief: true}), s.latchkey(step{args: []string{"jwks"}, want: `"keys"`, brief: true})
	if err := token.run(ctx); err != nil {
		return err
	}
	if err := set.run(ctx); err != nil {
		return err
	}
	claims, err := verifyES256(strings.TrimSpace(token.stdout.String()), set.stdout.Bytes())
	if err != nil {
		return fmt.Errorf("the token does not hold against the published keys: %w", err)
	}
	var shown struct {
		Issuer   string   `json:"iss"`
		Audience any      `json:"aud"`
		AMR      []string `json:"amr"`
	}
	if err := json.Unmarshal(claims, &shown); err != nil {
		return err
	}
	s.ok("The signature holds. iss=%s aud=%v amr=%v", shown.Issuer, shown.Audience, shown.AMR)
	if _, err := verifyES256(tampered(strings.TrimSpace(token.stdout.String())), set.stdout.Bytes()); err == nil {
		return fmt.Errorf("a token that was changed holds as well")
	}
	s.ok("Changed by one character, it is refused.")
	return nil
}
