package arch

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "latchkey"

// pack is a package of this module as `go list -json` tells it.
type pack struct {
	ImportPath string
	Dir        string
	Doc        string
	GoFiles    []string
}

func TestPartsImportWhatTheyMay(t *testing.T) {
	for _, one := range packages(t) {
		of, ok := partOf(short(one.ImportPath))
		if !ok && len(one.GoFiles) > 0 {
			t.Errorf("%s belongs to no part: give it a rule", one.ImportPath)
			continue
		}
		for file, imports := range filesOf(t, one) {
			for _, imported := range imports {
				if !strings.HasSuffix(file, "_test.go") && !standard(imported) && !fitsAny(of.may, short(imported)) {
					t.Errorf("%s: %s must not import %s", filepath.Base(file), short(one.ImportPath), imported)
				}
			}
		}
	}
}

func TestSomeThingsStayAtHome(t *testing.T) {
	for _, one := range packages(t) {
		for file, imports := range filesOf(t, one) {
			for _, home := range homes {
				for _, imported := range imports {
					if fits(home.name, short(imported)) && !fitsAny(home.in, short(one.ImportPath)) {
						t.Errorf("%s: %s must not be imported in %s", filepath.Base(file), imported, short(one.ImportPath))
					}
				}
			}
		}
	}
}

func TestProgramsLinkNothingThatTheyMustNot(t *testing.T) {
	t.Setenv("CGO_ENABLED", "1") // the window's libraries are C's on every system
	for _, system := range []string{"linux", "windows", "darwin"} {
		t.Setenv("GOOS", system)
		for _, program := range programs {
			linked := strings.Fields(goTool(t, "list", "-deps", full(program.name)))
			if len(linked) < 10 {
				t.Fatalf("%s links %d packages on %s", program.name, len(linked), system)
			}
			for _, one := range linked {
				if fitsAny(program.without, short(one)) {
					t.Errorf("%s links %s on %s", program.name, one, system)
				}
			}
		}
	}
}

func TestEveryPackageHasADocComment(t *testing.T) {
	for _, one := range packages(t) {
		if len(one.GoFiles) > 0 && one.Doc == "" {
			t.Errorf("%s has no package comment", one.ImportPath)
		}
	}
}

// TestNothingListens holds that no web page and no other user can talk to Latchkey:
// nothing but a tool for tests opens a socket to listen on.
func TestNothingListens(t *testing.T) {
	for _, one := range packages(t) {
		for _, name := range one.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(one.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(node ast.Node) bool {
				called, ok := node.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if of, ok := called.X.(*ast.Ident); ok && of.Name == "net" && strings.HasPrefix(called.Sel.Name, "Listen") {
					t.Errorf("%s: %s calls net.%s", name, one.ImportPath, called.Sel.Name)
				}
				return true
			})
		}
	}
}

// machinePath finds the paths of somebody's own computer.
var machinePath = regexp.MustCompile(`(^|[^\w.$/~-])/(work|root|Users)/\w|[A-Z]:\\Users\\`)

func TestNoFileNamesAComputersOwnPaths(t *testing.T) {
	root := strings.TrimSpace(goTool(t, "list", "-m", "-f", "{{.Dir}}"))
	read := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) { // gone since its folder was read
				return nil
			}
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); name == ".git" || name == "bin" || name == "coverage" {
				return filepath.SkipDir
			}
			return nil
		}
		switch filepath.Ext(path) {
		case ".png", ".ttf", ".test", ".prof":
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		read++
		if found := machinePath.Find(content); found != nil {
			t.Errorf("%s: %s", path, found)
		}
		return nil
	})
	if err != nil || read < 50 {
		t.Errorf("read %d files: %v", read, err)
	}
}

// TestDocumentsNameTestsThatExist holds that what is said to be tested is.
func TestDocumentsNameTestsThatExist(t *testing.T) {
	there := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	for _, one := range packages(t) {
		for _, pattern := range []string{"*_test.go", "testdata/*.txtar", "testdata/*/*.txtar"} {
			files, err := filepath.Glob(filepath.Join(one.Dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				there[filepath.Base(file)] = true
				content, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range declared.FindAllSubmatch(content, -1) {
					there[string(name[1])] = true
				}
			}
		}
	}
	root := strings.TrimSpace(goTool(t, "list", "-m", "-f", "{{.Dir}}"))
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+|\\w+\\.txtar)`")
	for _, document := range []string{"docs/security.md", "docs/hardware.md"} {
		content, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			t.Fatal(err)
		}
		names := named.FindAllSubmatch(content, -1)
		if len(names) < 5 {
			t.Errorf("%s names %d tests", document, len(names))
		}
		for _, name := range names {
			if !there[string(name[1])] {
				t.Errorf("%s: there is no %s", document, name[1])
			}
		}
	}
}

// TestTheRulesBite tries the rules on what they have to refuse.
func TestTheRulesBite(t *testing.T) {
	for _, test := range []struct {
		importer, imported string
		allowed            bool
	}{
		{"fido", "verifier", false},
		{"verifier", "fido", false},
		{"verifier", "app/companion", false},
		{"app/companion", "fido", false},
		{"app/wire", "app/cli", false},
		{"app/wire", "app/desktop", false},
		{"app/cli", "fyne.io/fyne/v2", false},
		{"app/keychain", "app/keychain/keyringtest", false},
		{"fido/ceremony", "golang.org/x/text/unicode/norm", false},
		{"app/desktop/widgets", "fyne.io/fyne/v2/canvas", true},
		{"fido", "fido/ceremony", true},
	} {
		of, ok := partOf(test.importer)
		if got := fitsAny(of.may, test.imported); !ok || got != test.allowed {
			t.Errorf("%s may import %s: %v", test.importer, test.imported, got)
		}
	}
	for text, want := range map[string]bool{
		"see /" + "root/x": true, "C:" + `\Users\anna`: true,
		"$WORK/root/x": false, "a/work/b": false, "/home/anna": false,
	} {
		if got := machinePath.MatchString(text); got != want {
			t.Errorf("%q names a path: %v", text, got)
		}
	}
}

// partOf returns the rule with the longest name that fits.
func partOf(name string) (best part, ok bool) {
	for _, one := range parts {
		if fits(one.name, name) && (!ok || len(one.name) > len(best.name)) {
			best, ok = one, true
		}
	}
	return best, ok
}

func fitsAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return fits(pattern, name) })
}

// fits tells whether a name of the tables stands for a package.
func fits(pattern, name string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == below || strings.HasPrefix(name, below+"/")
	}
	return name == pattern
}

// short is the name of a package in the tables, full the import path.
func short(importPath string) string {
	if importPath == module {
		return "."
	}
	return strings.TrimPrefix(importPath, module+"/")
}

func full(name string) string {
	if name == "." {
		return module
	}
	return module + "/" + name
}

// standard tells whether a package is the standard library's, or cgo.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return importPath == "C" || first != module && !strings.Contains(first, ".")
}

func packages(t *testing.T) []pack {
	t.Helper()
	var found []pack
	decoder := json.NewDecoder(strings.NewReader(goTool(t, "list", "-json=ImportPath,Dir,Doc,GoFiles", module+"/...")))
	for {
		var next pack
		err := decoder.Decode(&next)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, next)
	}
	if len(found) < 10 {
		t.Fatalf("found %d packages", len(found))
	}
	return found
}

// filesOf returns the imports of each Go file of a package. It reads the files by
// itself, because go list leaves out those of other operating systems.
func filesOf(t *testing.T, one pack) map[string][]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(one.Dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]string{}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if errors.Is(err, fs.ErrNotExist) { // gone since its folder was read
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = append(files[name], imported)
		}
	}
	return files
}

func goTool(t *testing.T, args ...string) string {
	t.Helper()
	var problems strings.Builder
	command := exec.Command("go", args...)
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, problems.String())
	}
	return string(out)
}
