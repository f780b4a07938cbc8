// A cluster member made of hashicorp/memberlist and nothing else: what our gossip is tested against. It tells what it sees as JSON, one
// object a line, on standard output, and takes commands, one a line, on standard input; when that ends, it ends at once, as if it crashed.
//
//	broadcast TEXT               a user message to all, by gossip
//	send NAME TEXT               a user message to one, in a packet
//	reliable NAME TEXT           the same, on a stream
//	meta TEXT                    new metadata
//	join HOST:PORT ...           exchanges state with these
//	keyring add|use|remove KEY   KEY in base64
//	leave                        leaves, and ends
//	stop N                       agent N of several ends as if it crashed
//
// Events are those of `overlay-node gossip`: ready, join, leave, update, members, msg, joined, leaving; and merge, when a push/pull brought
// user state. Built by build.bash.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/memberlist"
)

type event map[string]interface{}

var printing sync.Mutex

// say prints an event of the agent of that name.
func (e event) say(kind string, agent string) {
	e["ev"], e["t"], e["agent"] = kind, time.Now().UnixNano()/int64(time.Millisecond), agent
	line, err := json.Marshal(e)
	if err != nil {
		log.Fatal(err)
	}
	printing.Lock()
	defer printing.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

// bytes adds a value in hexadecimal, and as text where it is UTF-8.
func (e event) bytes(field string, value []byte) event {
	e[field+"Hex"] = hex.EncodeToString(value)
	if utf8.Valid(value) {
		e[field] = string(value)
	}
	return e
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// agent is a member, and all that memberlist asks of and tells to what stands on it.
type agent struct {
	name    string
	state   []byte
	meta    []byte
	lock    sync.Mutex // of meta
	queue   memberlist.TransmitLimitedQueue
	members *memberlist.Memberlist
}

func (a *agent) node(kind string, n *memberlist.Node) {
	event{
		"name": n.Name, "addr": n.Address(), "state": n.State,
		"versions": []int{int(n.PMin), int(n.PMax), int(n.PCur), int(n.DMin), int(n.DMax), int(n.DCur)},
	}.bytes("meta", n.Meta).say(kind, a.name)
}

func (a *agent) NotifyJoin(n *memberlist.Node)   { a.node("join", n) }
func (a *agent) NotifyLeave(n *memberlist.Node)  { a.node("leave", n) }
func (a *agent) NotifyUpdate(n *memberlist.Node) { a.node("update", n) }

func (a *agent) NodeMeta(limit int) []byte {
	a.lock.Lock()
	defer a.lock.Unlock()
	return a.meta
}

func (a *agent) NotifyMsg(data []byte)       { event{}.bytes("data", data).say("msg", a.name) }
func (a *agent) LocalState(join bool) []byte { return a.state }
func (a *agent) MergeRemoteState(state []byte, join bool) {
	event{"join": join}.bytes("data", state).say("merge", a.name)
}
func (a *agent) GetBroadcasts(overhead, limit int) [][]byte {
	return a.queue.GetBroadcasts(overhead, limit)
}

// message is a user message that no later one replaces.
type message []byte

func (m message) Invalidates(memberlist.Broadcast) bool { return false }
func (m message) Message() []byte                       { return m }
func (m message) Finished()                             {}

// obey does what a line says.
func (a *agent) obey(line string) error {
	word := strings.SplitN(line, " ", 2)
	rest := ""
	if len(word) == 2 {
		rest = word[1]
	}
	switch word[0] {
	case "broadcast":
		a.queue.QueueBroadcast(message(rest))
		return nil
	case "send", "reliable":
		to := strings.SplitN(rest, " ", 2)
		for _, n := range a.members.Members() {
			if len(to) == 2 && n.Name == to[0] {
				if word[0] == "send" {
					return a.members.SendBestEffort(n, []byte(to[1]))
				}
				return a.members.SendReliable(n, []byte(to[1]))
			}
		}
		return errors.New("no such member")
	case "meta":
		a.lock.Lock()
		a.meta = []byte(rest)
		a.lock.Unlock()
		return a.members.UpdateNode(5 * time.Second)
	case "join":
		a.join(strings.Fields(rest))
		return nil
	case "leave":
		a.leave()
		os.Exit(0)
	}
	return errors.New("unknown command")
}

func keyring(ring *memberlist.Keyring, words []string) error {
	if ring == nil || len(words) != 2 {
		return errors.New("keyring add|use|remove KEY, and it takes -keys")
	}
	key, err := base64.StdEncoding.DecodeString(words[1])
	if err != nil {
		return err
	}
	switch words[0] {
	case "add":
		return ring.AddKey(key)
	case "use":
		return ring.UseKey(key)
	case "remove":
		return ring.RemoveKey(key)
	}
	return errors.New("keyring add, use or remove")
}

func (a *agent) join(others []string) {
	n, err := a.members.Join(others)
	event{"n": n, "err": reason(err)}.say("joined", a.name)
}

func (a *agent) leave() {
	event{"err": reason(a.members.Leave(5 * time.Second))}.say("leaving", a.name)
	a.members.Shutdown()
}

func (a *agent) tellMembers() {
	list := []string{}
	for _, n := range a.members.Members() {
		list = append(list, n.Name+"="+n.Address())
	}
	event{"list": list, "health": a.members.GetHealthScore()}.say("members", a.name)
}

func main() {
	name := flag.String("name", "n1", "member's name; of several, a number follows")
	count := flag.Int("count", 1, "members in this process")
	bind := flag.String("bind", "127.0.0.1", "address to bind")
	port := flag.Int("port", 0, "UDP and TCP port; 0 picks one")
	join := flag.String("join", "", "members to join, HOST:PORT, separated by commas")
	keys := flag.String("keys", "", "keys in base64, separated by commas, the primary first")
	meta := flag.String("meta", "", "metadata")
	state := flag.String("state", "", "user state for push/pull")
	profile := flag.String("profile", "local", "lan, wan or local")
	compress := flag.Bool("compress", true, "compress what is sent")
	protocol := flag.Int("protocol", 0, "protocol version to speak; 0: the library's own choice")
	pushPull := flag.Duration("pushpull", 0, "interval of push/pulls; 0: the profile's")
	retransmit := flag.Int("retransmit", 0, "how often news is sent, times log10 of the members; 0: the profile's")
	quiet := flag.Bool("quiet", false, "do not tell the members each second")
	flag.Parse()

	var ring *memberlist.Keyring
	if *keys != "" {
		var decoded [][]byte
		for _, text := range strings.Split(*keys, ",") {
			key, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				log.Fatal("-keys: ", err)
			}
			decoded = append(decoded, key)
		}
		var err error
		if ring, err = memberlist.NewKeyring(decoded, decoded[0]); err != nil {
			log.Fatal("-keys: ", err)
		}
	}

	var agents []*agent
	for i := 0; i < *count; i++ {
		a := &agent{name: *name, state: []byte(*state), meta: []byte(*meta)}
		if *count > 1 {
			a.name += strconv.Itoa(i)
		}
		config := map[string]func() *memberlist.Config{
			"lan": memberlist.DefaultLANConfig, "wan": memberlist.DefaultWANConfig, "local": memberlist.DefaultLocalConfig,
		}[*profile]()
		config.Name, config.BindAddr, config.BindPort = a.name, *bind, *port
		config.AdvertiseAddr, config.AdvertisePort = *bind, *port
		config.EnableCompression, config.Keyring = *compress, ring
		config.Delegate, config.Events, config.LogOutput = a, a, os.Stderr
		if *pushPull != 0 {
			config.PushPullInterval = *pushPull
		}
		if *retransmit != 0 {
			config.RetransmitMult = *retransmit
		}
		if *protocol != 0 {
			config.ProtocolVersion = uint8(*protocol)
		}
		a.queue.RetransmitMult = 100 // often enough that each of a few members hears it: nobody passes it on
		a.queue.NumNodes = func() int {
			if a.members == nil { // memberlist asks while it is being made
				return 1
			}
			return a.members.NumMembers()
		}
		var err error
		if a.members, err = memberlist.Create(config); err != nil {
			log.Fatal(err)
		}
		agents = append(agents, a)
		self := a.members.LocalNode()
		event{"addr": net.JoinHostPort(self.Addr.String(), strconv.Itoa(int(self.Port)))}.say("ready", a.name)
		if *join != "" {
			a.join(strings.Split(*join, ","))
		} else if i > 0 {
			a.join([]string{agents[0].members.LocalNode().Address()})
		}
	}

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	lines := make(chan string)
	go func() {
		input := bufio.NewScanner(os.Stdin)
		for input.Scan() {
			lines <- input.Text()
		}
		if input.Err() != nil && input.Err() != io.EOF {
			log.Print(input.Err())
		}
		os.Exit(1) // who started it is gone
	}()
	tick := time.NewTicker(time.Second)
	for {
		select {
		case <-stop:
			for _, a := range agents {
				a.leave()
			}
			return
		case line := <-lines:
			var err error
			words := strings.Fields(line)
			switch {
			case len(words) > 1 && words[0] == "keyring":
				err = keyring(ring, words[1:])
			case len(words) == 2 && words[0] == "stop":
				i, _ := strconv.Atoi(words[1])
				err = agents[i].members.Shutdown()
			default:
				err = agents[0].obey(line)
			}
			if err != nil {
				event{"command": strings.Join(words[:1], ""), "err": err.Error()}.say("refused", agents[0].name)
			}
		case <-tick.C:
			if !*quiet {
				for _, a := range agents {
					a.tellMembers()
				}
			}
		}
	}
}
