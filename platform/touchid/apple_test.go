package touchid

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ebitengine/purego"
)

// uses are the names of Apple's that the code uses, by kind.
type uses map[nameKind]map[string]bool

func (u uses) add(kind nameKind, name string) {
	if u[kind] == nil {
		u[kind] = map[string]bool{}
	}
	u[kind][name] = true
}

// indexed are the maps of macOS that are read by name.
var indexed = map[string]nameKind{"objects": cObject, "structures": cStructure, "classes": class, "selectors": selector}

// binding are the files that call macOS.
var binding = []string{"macos.go", "enclave.go", "*_darwin.go"}

// TestTheTableIsWhatTheCodeUses reads the code that calls macOS and holds it against
// appleNames in both directions.
func TestTheTableIsWhatTheCodeUses(t *testing.T) {
	used, other := uses{}, []string(nil)
	declared := reflect.TypeFor[functions]()
	for _, file := range parse(t, binding...) {
		literals := map[*ast.BasicLit]bool{} // that are names
		name := func(kind nameKind, expression ast.Expr) {
			if literal, ok := expression.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				literals[literal] = true
				used.add(kind, unquote(t, literal))
			}
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.ImportSpec:
				literals[node.Path] = true
			case *ast.IndexExpr:
				kind := cObject // of a map that becomes a dictionary
				if of, ok := node.X.(*ast.SelectorExpr); ok {
					kind = indexed[of.Sel.Name]
				}
				name(kind, node.Index)
			case *ast.KeyValueExpr:
				name(cObject, node.Key)
			case *ast.SelectorExpr:
				if _, ok := declared.FieldByName(node.Sel.Name); ok {
					used.add(cFunction, node.Sel.Name)
				}
			case *ast.BasicLit:
				if node.Kind == token.STRING && !literals[node] {
					other = append(other, unquote(t, node))
				}
			}
			return true
		})
	}
	for _, byHand := range []string{"dlsym", "objc_getClass", "objc_msgSend", "sel_registerName"} {
		if slices.Contains(other, byHand) {
			used.add(cFunction, byHand)
		}
	}
	for _, kind := range []nameKind{cFunction, cObject, cStructure, class, selector} {
		compare(t, kind, used[kind])
	}
	for field := range declared.Fields() {
		if !used[cFunction][field.Name] {
			t.Errorf("%s is declared and never called", field.Name)
		}
	}
	apple := regexp.MustCompile(`^(k?(CF|Sec)|LA|NS|IO|TK)[A-Za-z]+$|^[a-z]+[A-Z]\w*:?$|:$`)
	for _, literal := range other {
		if apple.MatchString(literal) {
			t.Errorf("%q looks like a name of Apple's and is not looked up in the table", literal)
		}
	}
}

// compare holds the names of a kind that are used against those of the table.
func compare(t *testing.T, kind nameKind, used map[string]bool) {
	t.Helper()
	listed := map[string]bool{}
	for _, name := range appleNames {
		if name.kind == kind {
			listed[name.name] = true
			if !used[name.name] {
				t.Errorf("%s %s is in the table and nowhere used", kind, name.name)
			}
		}
	}
	for name := range used {
		if !listed[name] {
			t.Errorf("%s %s is used and not in the table", kind, name)
		}
	}
	if len(used) == 0 {
		t.Errorf("the code uses no %s", kind)
	}
}

// TestTheConstantsOfTheTableAreUsed holds that each number and text has its constant in
// the table, under its own name, and that each of those is used.
func TestTheConstantsOfTheTableAreUsed(t *testing.T) {
	declared, inTable, used := map[string]bool{}, map[string]string{}, map[string]bool{}
	for path, file := range parse(t, "*.go") {
		if filepath.Base(path) != "apple.go" {
			ast.Inspect(file, func(node ast.Node) bool {
				if ident, ok := node.(*ast.Ident); ok {
					used[ident.Name] = true
				}
				return true
			})
			continue
		}
		frameworks := map[string]bool{}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GenDecl:
				for _, spec := range node.Specs {
					if spec, ok := spec.(*ast.ValueSpec); ok && node.Tok == token.CONST && spec.Type == nil {
						declared[spec.Names[0].Name] = true
					}
				}
			case *ast.CompositeLit:
				row := map[string]string{}
				for _, element := range node.Elts {
					if pair, ok := element.(*ast.KeyValueExpr); ok {
						row[source(pair.Key)] = source(pair.Value)
					}
				}
				frameworks[row["framework"]] = true
				used[row["domain"]] = true
				for _, key := range []string{"value", "text"} {
					if ident := row[key]; ident != "" {
						inTable[ident] = strings.Trim(row["name"], `"`)
					}
				}
			}
			return true
		})
		for name := range frameworks {
			delete(declared, name)
		}
	}
	if len(declared) < 40 {
		t.Errorf("found %d constants", len(declared))
	}
	for ident := range declared {
		if inTable[ident] == "" {
			t.Errorf("%s is not in the table", ident)
		}
	}
	for ident, name := range inTable {
		if fold(ident) != fold(name) {
			t.Errorf("%s stands for %s", ident, name)
		}
		if !declared[ident] || !used[ident] {
			t.Errorf("%s is declared: %v, used: %v", ident, declared[ident], used[ident])
		}
	}
}

func TestEachRowOfTheTableIsWhole(t *testing.T) {
	seen, needed := map[string]bool{}, map[string]bool{}
	documented := regexp.MustCompile(`^([a-z]+/\S+|header [A-Za-z]+/\S+\.h|man \w+\(\d\))$`)
	for _, name := range appleNames {
		key := string(name.kind) + " " + name.name
		if seen[key] {
			t.Errorf("%s stands there twice", key)
		}
		seen[key] = true
		if !documented.MatchString(name.page) {
			t.Errorf("%s is documented in %q", key, name.page)
		}
		if (name.kind == text) != (name.text != "") || name.domain != "" && name.kind != number {
			t.Errorf("%+v", name)
		}
		if name.kind == number || name.kind == text {
			continue // a library need not be loaded for what its header defines
		}
		needed[name.framework] = true
		if libraries[name.framework] == "" {
			t.Errorf("%s is in %s, which is not loaded", key, name.framework)
		}
	}
	for name, path := range libraries {
		if !needed[name] {
			t.Errorf("%s is loaded for nothing", name)
		}
		if !strings.HasPrefix(path, "/System/Library/Frameworks/"+name+".framework/") && !strings.HasPrefix(path, "/usr/lib/"+name+".") {
			t.Errorf("%s is loaded from %s", name, path)
		}
	}
}

// TestEveryFunctionCanBeBound holds that purego can pass what each function takes and gives,
// of which it has doubts in a panic only. Nothing is called.
func TestEveryFunctionCanBeBound(t *testing.T) {
	fields := reflect.ValueOf(new(functions)).Elem()
	for i := range fields.NumField() {
		purego.RegisterFunc(fields.Field(i).Addr().Interface(), 1)
		if fields.Field(i).IsNil() {
			t.Errorf("%s is not bound", fields.Type().Field(i).Name)
		}
	}
}

// TestNothingPassesTheTableBy holds that names reach the system in one place, out of the
// table.
func TestNothingPassesTheTableBy(t *testing.T) {
	doors := map[string]int{}
	for path, file := range parse(t, binding...) {
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			called, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			of, ok := called.X.(*ast.Ident)
			if ok && of.Name == "purego" {
				doors[called.Sel.Name]++
				if path != "macos.go" {
					t.Errorf("%s calls purego.%s", path, called.Sel.Name)
				}
			}
			return true
		})
	}
	if want := map[string]int{"Dlopen": 1, "Dlsym": 1, "RegisterFunc": 1}; !maps.Equal(doors, want) {
		t.Errorf("called %v, want %v", doors, want)
	}
}

// parse parses the files that match one of the patterns, without tests.
func parse(t *testing.T, patterns ...string) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			if files[path], err = parser.ParseFile(token.NewFileSet(), path, nil, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	return files
}

func unquote(t *testing.T, literal *ast.BasicLit) string {
	t.Helper()
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// source is an identifier or literal as it stands in the code, "" for anything else.
func source(expression ast.Expr) string {
	switch expression := expression.(type) {
	case *ast.Ident:
		return expression.Name
	case *ast.BasicLit:
		return expression.Value
	default:
		return ""
	}
}

// fold makes a name of C and the constant that stands for it alike.
func fold(name string) string {
	return strings.ToLower(strings.NewReplacer(".", "", "-", "").Replace(name))
}
