package memstore_test

import (
	"testing"

	"latchkey/verifier"
	"latchkey/verifier/memstore"
	"latchkey/verifier/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) verifier.Store { return memstore.New() })
}
