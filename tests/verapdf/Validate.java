import java.io.File;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.LogManager;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.RuleId;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.verapdf.pdfa.validation.validators.ValidatorFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Prints, for each file and flavour (2b, ua1) named, the number of checks and then the rules that it breaks. */
public class Validate {
    public static void main(String[] arguments) throws Exception {
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            PDFAFlavour flavour = PDFAFlavour.byFlavourId(arguments[i]);
            try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(arguments[i + 1]), flavour);
                    PDFAValidator validator = ValidatorFactory.createValidator(profile(flavour), 100, true)) {
                ValidationResult result = validator.validate(parser);
                System.out.println(arguments[i] + "\t" + arguments[i + 1] + "\t" + result.getTotalAssertions());
                Set<String> broken = new TreeSet<>();
                for (TestAssertion assertion : result.getTestAssertions()) {
                    if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                        RuleId rule = assertion.getRuleId();
                        broken.add(rule.getClause() + "-" + rule.getTestNumber() + "\t"
                                + assertion.getMessage().replaceAll("\\s+", " "));
                    }
                }
                broken.forEach(each -> System.out.println("\t" + each));
            }
        }
    }

    /** Reads a profile as it lies in the library, which itself would need JAXB for it, and Java has that no more. */
    private static ValidationProfile profile(PDFAFlavour flavour) throws Exception {
        String id = flavour.getId();
        String name = id.startsWith("ua") ? "PDFUA-" + id.substring(2) : "PDFA-" + id.toUpperCase();
        try (InputStream in = PDFAFlavour.class.getResourceAsStream("/org/verapdf/pdfa/validation/" + name + ".xml")) {
            Element root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in).getDocumentElement();
            Set<Rule> rules = new HashSet<>();
            for (Element rule : inside(root, "rule")) {
                Element told = inside(rule, "id").get(0);
                int number = Integer.parseInt(told.getAttribute("testNumber"));
                rules.add(Profiles.ruleFromValues(
                        Profiles.ruleIdFromValues(flavour.getPart(), told.getAttribute("clause"), number),
                        rule.getAttribute("object"),
                        rule.hasAttribute("deferred") ? Boolean.valueOf(rule.getAttribute("deferred")) : null,
                        rule.getAttribute("tags"), text(rule, "description"), text(rule, "test"),
                        Profiles.errorFromValues(text(rule, "message"), new ArrayList<>()), new ArrayList<>()));
            }
            Set<Variable> variables = new HashSet<>();
            for (Element each : inside(root, "variable")) {
                variables.add(Profiles.variableFromValues(each.getAttribute("name"), each.getAttribute("object"),
                        text(each, "defaultValue"), text(each, "value")));
            }
            return Profiles.profileFromValues(
                    flavour, Profiles.profileDetailsFromValues(name, "", "", new Date()), "", rules, variables);
        }
    }

    private static List<Element> inside(Element element, String tag) {
        List<Element> found = new ArrayList<>();
        NodeList nodes = element.getElementsByTagName(tag);
        for (int i = 0; i < nodes.getLength(); i++) {
            found.add((Element) nodes.item(i));
        }
        return found;
    }

    private static String text(Element element, String tag) {
        return inside(element, tag).get(0).getTextContent();
    }
}
