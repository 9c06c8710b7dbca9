package cli

import (
	"encoding/json"

	"github.com/spf13/cobra"
)

func (r *run) tokenCommand() *cobra.Command {
	var username, audience string
	command := &cobra.Command{
		Use:   "token",
		Short: "Print an access token for a script or a local app",
		Long: `Print an access token: a JSON Web Token (ES256) that says who is signed in and how.
It is good for a few minutes. The keys to check it with come from: latchkey jwks`,
		Example: `  curl -H "Authorization: Bearer $(latchkey token)" http://localhost:8080/`,
		Args:    noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			access, err := r.Token(command.Context(), username, audience)
			if err != nil {
				return err
			}
			answer := map[string]any{"token": access.JWT, "expires_at": stamp(access.ExpiresAt)}
			return r.answer(answer, func() { r.say("%s", access.JWT) })
		},
	}
	command.Flags().StringVar(&username, "username", "", "whose token, where several people are signed in")
	command.Flags().StringVar(&audience, "audience", "", "`who` the token is for (aud); the portal domain where not given")
	return command
}

func (r *run) jwksCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "jwks",
		Short: "Print the public keys that access tokens are checked with",
		Long:  "Print the public keys that access tokens are checked with, as a JSON Web Key Set (RFC 7517).",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			set, err := r.JWKS(command.Context())
			if err != nil {
				return err
			}
			return r.answer(json.RawMessage(set), func() { r.say("%s", set) })
		},
	}
}
